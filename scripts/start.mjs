// npm start: install what is missing, build, serve, print the address. npm run dev: the same with hot reload.
import { ensureInstalled, root } from './ensure-install.mjs';

ensureInstalled();
const vite = await import('vite');
const port = Number(process.env.PORT ?? 4173);
if (process.argv.includes('--dev')) {
  const server = await vite.createServer({ root, server: { port } });
  await server.listen();
  server.printUrls();
} else {
  await vite.build({ root, logLevel: 'warn' });
  const server = await vite.preview({ root, preview: { port } });
  console.log('xlated is served at:');
  server.printUrls();
}

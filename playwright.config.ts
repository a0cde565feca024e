import { defineConfig } from '@playwright/test';

/** The browser is the one that `npm test` found; on its own, Playwright looks for its own. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const PORT = 4187;

export default defineConfig({
  testDir: 'e2e',
  timeout: 60_000,
  // A loaded machine may take its time for the first verdict.
  expect: { timeout: 20_000 },
  workers: 2,
  fullyParallel: true,
  reporter: [['list']],
  use: {
    baseURL: `http://localhost:${PORT}/`,
    viewport: { width: 1440, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
    launchOptions: {
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  webServer: {
    command: `npx vite build --logLevel warn && npx vite preview --port ${PORT} --strictPort`,
    port: PORT,
    timeout: 120_000,
    reuseExistingServer: false,
  },
});

import { WorkerClient } from '../src-core/worker/client.ts';

/** The one Worker of the page; its name tells it where the page's static files lie. */
export const core = new WorkerClient(
  () =>
    new Worker(new URL('../src-core/worker/entry.ts', import.meta.url), {
      type: 'module',
      name: new URL('.', document.baseURI).href,
    }),
);

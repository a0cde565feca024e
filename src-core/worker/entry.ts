import { unpackVmlinux } from '../btf/vmlinux.ts';
import { InputError } from '../util/input-error.ts';
import type { CallName, Calls, Reply, Request } from './protocol.ts';
import { Workbench } from './workbench.ts';

/** The Worker's own scope, narrowed to what is used. */
interface Scope {
  readonly name: string;
  postMessage(reply: Reply): void;
  onmessage: ((event: MessageEvent<Request>) => void) | null;
}
const scope = self as unknown as Scope;

async function fetchVmlinux() {
  // The page names its own address when it starts the Worker: assets lie beside it.
  const response = await fetch(new URL('vmlinux.btf.bin', scope.name));
  if (!response.ok) throw new InputError(`the kernel's BTF cannot be fetched: HTTP ${response.status}`);
  return unpackVmlinux(new Uint8Array(await response.arrayBuffer()));
}

const bench = new Workbench({ vmlinux: fetchVmlinux, timer: () => performance.now() * 1e6 });

function answer(request: Request): Calls[CallName]['result'] | Promise<Calls[CallName]['result']> {
  switch (request.call) {
    case 'vocabulary':
      return bench.vocabulary();
    case 'open':
      return bench.open(request.params.source, request.params.kinds);
    case 'verify':
      return bench.verify(request.params, (processed) =>
        scope.postMessage({ kind: 'progress', id: request.id, processed }),
      );
    case 'explain':
      return bench.explain();
    case 'path':
      return bench.path(request.params.visit);
    case 'state':
      return bench.state(request.params.visit);
    case 'firstVisit':
      return bench.firstVisit(request.params.slot);
    case 'visitAtLog':
      return bench.visitAtLog(request.params.at);
    case 'logPosition':
      return bench.logPosition(request.params.visit);
    case 'toAssembly':
      return bench.toAssembly();
    case 'run':
      return bench.run(request.params);
    case 'maps':
      return bench.maps(request.params.limit);
    case 'mapUpdate':
      return bench.mapUpdate(request.params);
    case 'mapDelete':
      return bench.mapDelete(request.params);
    case 'resetMaps':
      return bench.resetMaps();
  }
}

function failure(id: number, e: unknown): Reply {
  if (e instanceof InputError)
    return { kind: 'failure', id, why: 'input', message: e.message, location: e.location };
  const message = e instanceof Error ? (e.stack ?? e.message) : String(e);
  return { kind: 'failure', id, why: 'internal', message, location: {} };
}

/** One request after the other: an `open` that waits for BTF must end before the next request looks at its result. */
let queue: Promise<void> = Promise.resolve();
scope.onmessage = ({ data }) => {
  queue = queue.then(async () => {
    try {
      scope.postMessage({ kind: 'result', id: data.id, value: await answer(data) });
    } catch (e) {
      scope.postMessage(failure(data.id, e));
    }
  });
};

/** Started by `dead-worker.test.ts`: a whole worker, which is killed by itself while it has a connection and a list. */
import { compose } from '../../src/cli/compose.ts';
import { openLine } from '../../src/cli/open-line.ts';
import { readConfig } from '../../src/config.ts';
import { startWorker } from '../../src/engine/worker.ts';
import { begin } from '../../src/hub/imports/import-store.ts';

const [env = '{}', list = ''] = process.argv.slice(2);
const product = await compose({ config: readConfig(JSON.parse(env)) });
const { engine } = product;
const line = await openLine(product);
let isBegun = false;
startWorker(
  {
    ...engine,
    checkpoint: (place) => {
      if (place === 'import:after-batch') process.kill(process.pid, 'SIGKILL');
      if (place !== 'page:before-transaction' || isBegun) return;
      isBegun = true;
      // The synchronisation is in its midst: now the list, too.
      void engine.store
        .transaction((trx) => begin(trx, list, 'running', engine.clock.now()))
        .then(() => product.wakeHere());
    },
  },
  line.owner,
);

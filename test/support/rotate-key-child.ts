/** Started by `rotate-key.test.ts`: rotates the key of a data folder and is killed at a place. */
import { compose } from '../../src/cli/compose.ts';
import { rotateKey } from '../../src/cli/rotate-key.ts';
import { readConfig } from '../../src/config.ts';
import { newSecretKey } from '../../src/platform/crypto.ts';

const [dataDir = '', place = ''] = process.argv.slice(2);
const product = await compose({ config: readConfig({ TANDEM_DATA: dataDir, LOG_LEVEL: 'silent' }) });
const checkpoint = (at: string): void => {
  if (at === place) process.kill(process.pid, 'SIGKILL');
};
await rotateKey({ ...product, key: product.key, engine: { ...product.engine, checkpoint } }, newSecretKey());
await product.close();
process.exit(0);

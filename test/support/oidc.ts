import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

export interface OidcProvider {
  readonly issuer: string;
  /** As an administrator of the provider would. */
  setGroups(name: string, groups: readonly string[]): void;
  stop(): void;
}

/** Starts the provider of `oidc-child.js` for this redirect address. */
export function startOidcProvider(redirectUri: string): Promise<OidcProvider> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'oidc-child.js'), [redirectUri], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the provider ended with ${code}`)));
    child.once('message', (issuer) =>
      resolve({
        issuer: String(issuer),
        setGroups: (name, groups) => void child.send({ [name]: groups }),
        stop: () => void child.kill('SIGKILL'),
      }),
    );
  });
}

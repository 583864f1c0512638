import type { Config } from '../config.ts';
import type { EngineDeps } from '../engine/deps.ts';
import type { Sign } from '../platform/crypto.ts';
import type { SignIn } from './sign-in.ts';

/** What the HTTP app works with; made by hand in `cli/compose.ts`. */
export interface ApiDeps {
  readonly engine: EngineDeps;
  readonly signIn: SignIn;
  readonly config: Config;
  readonly version: string;
  /** Signs what the public gets to hold: stamps, links. */
  readonly sign: Sign;
  /** Folder of the built web interface. */
  readonly webDir: string;
  /** Folder of the documents that the screen shows. */
  readonly docsDir: string;
  /** Hosts of emulators that the product itself started; such connections are marked. */
  readonly emulatedHosts: ReadonlySet<string>;
  /** Tests: each answer is compared with the contract. */
  readonly checkAnswers?: boolean;
  /** Tells listeners of live progress; returns how to stop listening. */
  readonly watchRuns: (listener: (runId: string) => void) => () => void;
}

/** Who calls. */
export interface Caller {
  readonly kind: 'person' | 'key';
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly role: string | null;
  readonly scopes: readonly string[];
  readonly locale: string | null;
  readonly timeZone: string | null;
  /** A second factor is asked for at sign-in; null: a key. */
  readonly twoFactor: boolean | null;
  readonly previousSignInAt: number | null;
}

import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** Nobody sits at this terminal: the answer has to come another way. */
export class NoTerminal extends Error {
  constructor(question: string) {
    super(`Nobody can be asked here (${question}). Give it on standard input: --passphrase-stdin`);
    this.name = 'NoTerminal';
  }
}

/** Asks on the terminal; what is typed is not shown. @throws NoTerminal */
export async function askHidden(question: string): Promise<string> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw new NoTerminal(question);
  process.stderr.write(`${question}: `);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('close', () => reject(new NoTerminal(question)));
    });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}

/** What a Dockerfile says, as far as ours needs it. */
export interface Stage {
  readonly copies: readonly {
    readonly from: string | null;
    readonly sources: readonly string[];
    readonly to: string;
  }[];
  readonly runs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | null;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** The command of HEALTHCHECK. */
  readonly health: readonly string[];
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');
const list = (text: string): string[] => JSON.parse(text) as string[];

/** The stages of a Dockerfile. @throws on an instruction that nobody here has read. */
export function stagesOf(file: string): readonly Stage[] {
  const lines = file
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: {
    -readonly [Key in keyof Stage]: Stage[Key] extends readonly (infer Item)[] ? Item[] : Stage[Key];
  }[] = [];
  for (const line of lines) {
    const [, instruction = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (instruction === 'FROM') {
      stages.push({ copies: [], runs: [], env: {}, user: null, entrypoint: [], command: [], health: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`${line}: before the first FROM`);
    if (instruction === 'COPY') {
      const [, from = null, paths = ''] = /^(?:--from=(\S+)\s+)?(.*)$/.exec(rest) ?? [];
      const all = words(paths);
      stage.copies.push({ from, sources: all.slice(0, -1), to: all.at(-1) ?? '' });
    } else if (instruction === 'RUN') stage.runs.push(rest);
    else if (instruction === 'ENV')
      stage.env = { ...stage.env, ...Object.fromEntries(words(rest).map((word) => word.split('='))) };
    else if (instruction === 'USER') stage.user = rest;
    else if (instruction === 'ENTRYPOINT') stage.entrypoint = list(rest);
    else if (instruction === 'CMD') stage.command = list(rest);
    else if (instruction === 'HEALTHCHECK') stage.health = list(/ CMD (\[.*\])$/.exec(rest)?.[1] ?? '');
    else if (!['WORKDIR', 'VOLUME', 'EXPOSE'].includes(instruction)) throw new Error(`unknown instruction: ${line}`);
  }
  return stages;
}

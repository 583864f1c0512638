import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take longer than some fifteen seconds of an idle machine, the longest first. They begin, so that the workers
 * end together; a fresh clone has no times of its own to go by. Whoever adds a long one adds a line.
 */
export const LONGEST: readonly string[] = [
  'test/engine/calls.test.ts',
  'test/engine/sigkill.test.ts',
  'test/e2e/forms.e2e.ts',
  'test/simulation/simulation.test.ts',
  'test/e2e/cast.e2e.ts',
  'test/commands-beside-server.test.ts',
  'test/commands.test.ts',
  'test/e2e/article.e2e.ts',
  'test/e2e/sign-on.e2e.ts',
  'test/rotate-key.test.ts',
  'test/engine/mass-change.test.ts',
  'test/e2e/imports.e2e.ts',
  'test/e2e/contacts.e2e.ts',
  'test/engine/timeline.test.ts',
  'test/engine/rules.test.ts',
  'test/e2e/mail.e2e.ts',
  'test/e2e/backlog.e2e.ts',
  'test/engine/companies-of-contacts.test.ts',
  'test/engine/backlog.test.ts',
  'test/engine/salesforce-sync.test.ts',
  'src/api/oauth.test.ts',
  'test/e2e/oauth.e2e.ts',
  'test/e2e/visits.e2e.ts',
  'test/sign-on/settings-file.test.ts',
  'test/simulation/relay.test.ts',
];

/** Vitest's order of files: ours first, then the rest, the biggest first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = LONGEST.indexOf(relative(this.ctx.config.root, moduleId).replaceAll('\\', '/'));
      return place === -1 ? LONGEST.length : place;
    };
    return [...(await super.sort(files))].sort((a, b) => rank(a) - rank(b));
  }
}

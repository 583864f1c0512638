import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

test('the compose file gives Tandem its PostgreSQL, and no secret of its own', () => {
  const { services } = parse(read('compose.yaml')) as {
    services: Record<string, { environment: Record<string, string>; depends_on?: object; healthcheck?: object }>;
  };
  expect(services['tandem']?.environment['DATABASE_URL']).toContain('@database/tandem');
  expect(services['tandem']?.depends_on).toEqual({ database: { condition: 'service_healthy' } });
  expect(services['database']?.healthcheck).toBeDefined();
  for (const { environment } of Object.values(services))
    for (const [name, value] of Object.entries(environment))
      if (/PASSWORD|KEY/.test(name)) expect(value).toMatch(/^\$\{\w+:\?/);
});

const ANALYZE = '/usr/bin/systemd-analyze';
const here = existsSync(ANALYZE);
(here ? test : test.skip)(
  `systemd takes the unit and finds little that it could still be denied (${here ? 'systemd-analyze' : 'left out: systemd is not on this machine'})`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'tandem-unit-'));
    const unit = join(folder, 'tandem.service');
    // Node.js may be elsewhere on this machine.
    writeFileSync(unit, read('examples/tandem.service').replace('/usr/bin/node', process.execPath));
    const analyze = (...args: string[]) => spawnSync(ANALYZE, args, { encoding: 'utf8' });
    const verified = analyze('verify', unit);
    expect({ status: verified.status, said: verified.stderr }).toEqual({ status: 0, said: '' });
    const { stdout } = analyze('security', '--offline=true', '--no-pager', unit);
    expect(Number(/Overall exposure level for .*: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThan(3);
    rmSync(folder, { recursive: true });
  },
);

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openStore } from './db.ts';
import { FolderInUse, lockFolder } from './lock-file.ts';
import { migrate, pendingMigrations } from './migrate.ts';

test('a second process is refused while the first has the folder, and a dead one’s lock is taken over', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-lock-'));
  const script = `import { lockFolder } from ${JSON.stringify(join(import.meta.dirname, 'lock-file.ts'))}; lockFolder(${JSON.stringify(folder)}); console.log('locked'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => {
    child.stdout.once('data', resolve);
  });
  expect(() => lockFolder(folder)).toThrow(FolderInUse);
  await expect(openStore({ dataDir: folder })).rejects.toThrow('is in use by another Tandem');
  child.kill('SIGKILL');
  await new Promise((resolve) => {
    child.once('exit', resolve);
  });
  const unlock = lockFolder(folder);
  unlock();
  expect(existsSync(join(folder, 'tandem.lock'))).toBe(false);
  rmSync(folder, { recursive: true, force: true });
});

test('every commit reaches the disk: the kernel sees at least one sync call a commit', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-sync-'));
  const trace = join(folder, 'trace');
  const commits = 20;
  const script = `
    import { openStore } from ${JSON.stringify(join(import.meta.dirname, 'db.ts'))};
    import { sql } from 'kysely';
    import { writeFileSync } from 'node:fs';
    const store = await openStore({ dataDir: ${JSON.stringify(join(folder, 'data'))} });
    await sql\`create table t (n int)\`.execute(store.db);
    writeFileSync(${JSON.stringify(join(folder, 'start'))}, '');
    for (let n = 0; n < ${commits}; n += 1) await sql\`insert into t values (\${n})\`.execute(store.db);
    writeFileSync(${JSON.stringify(join(folder, 'end'))}, '');
    await store.close();`;
  // Inside the clone, so that it finds the packages.
  const ours = join(import.meta.dirname, '..', '..', '.tmp');
  mkdirSync(ours, { recursive: true });
  const file = join(ours, `sync-${process.pid}.ts`);
  writeFileSync(file, script);
  const hasStrace = existsSync('/usr/bin/strace');
  const [command, args] = hasStrace
    ? ['strace', ['-f', '-o', trace, '-e', 'trace=fdatasync,fsync,openat', process.execPath, file]]
    : [process.execPath, [file]];
  const child = spawn(command, args, { stdio: 'ignore' });
  const code = await new Promise((resolve) => {
    child.once('exit', resolve);
  });
  rmSync(file);
  expect(code).toBe(0);
  if (hasStrace) {
    const lines = readFileSync(trace, 'utf8').split('\n');
    const from = lines.findIndex((line) => line.includes(join(folder, 'start')));
    const to = lines.findIndex((line) => line.includes(join(folder, 'end')));
    expect(lines.slice(from, to).filter((line) => /\bf(data)?sync\(/.test(line)).length).toBeGreaterThanOrEqual(
      commits,
    );
  }
  rmSync(folder, { recursive: true, force: true });
});

test('migrations go forward only: a newer database is refused with a sentence, an up-to-date one is left alone', async () => {
  const store = await openStore({});
  expect(await pendingMigrations(store)).not.toEqual([]);
  await migrate(store);
  expect(await migrate(store)).toEqual([]);
  await sql`insert into kysely_migration (name, timestamp) values ('9999-future', 'x')`.execute(store.db);
  await expect(migrate(store)).rejects.toThrow('has been used by a newer Tandem');
  await store.close();
});

/** A bar that fills as people come in; where nobody looks (a log), one line when it is done. */
export function createBar(label: string, total: number): { show(seen: number): void; done(seen: number): void } {
  const width = 30;
  const line = (seen: number): string => {
    const share = Math.min(1, seen / Math.max(1, total));
    return `${label.padEnd(28)}  ${'█'.repeat(Math.round(share * width)).padEnd(width, '░')}  ${seen.toLocaleString('en')}`;
  };
  const { stderr } = process;
  return {
    show: (seen) => void (stderr.isTTY && stderr.write(`\r\u001b[K${line(seen)}`)),
    done: (seen) => void stderr.write(`${stderr.isTTY ? '\r\u001b[K' : ''}${line(Math.max(seen, total))}\n`),
  };
}

/**
 * A number at so many decimal places, halves away from zero, as decimals and not as the binary fractions behind them:
 * 1.005 at two places is 1.01, as every CRM and every person has it.
 */
export function roundTo(value: number, scale: number | undefined): number {
  if (scale === undefined || !Number.isFinite(value) || Number.isInteger(value)) return value;
  const text = String(Math.abs(value));
  // So large or so small that it is written with an exponent: nothing behind the point, or nothing before it.
  if (text.includes('e')) return Math.abs(value) >= 1 ? value : 0;
  const shifted = Math.round(Number(`${text}e${scale}`));
  // Written with an exponent from here on, and far beyond what a number keeps behind the point.
  if (shifted >= 1e21) return value;
  const rounded = Number(`${shifted}e-${scale}`);
  return value < 0 && rounded !== 0 ? -rounded : rounded;
}

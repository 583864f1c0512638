/** What differs between settings as they are and as a file wants them, as `path: is → wanted`; what it leaves out is no matter. */
export function compare(present: unknown, wanted: unknown, path: string): string[] {
  if (typeof wanted === 'object' && wanted !== null && !Array.isArray(wanted)) {
    const held = typeof present === 'object' && present !== null ? (present as Record<string, unknown>) : {};
    return Object.entries(wanted).flatMap(([key, value]) =>
      compare(held[key], value, path === '' ? key : `${path}.${key}`),
    );
  }
  return JSON.stringify(present) === JSON.stringify(wanted)
    ? []
    : [`${path}: ${JSON.stringify(present)} → ${JSON.stringify(wanted)}`];
}

/** Something that goes wrong on demand, for the next `times` calls that match. */
export interface EmulatedFault {
  /** `throttle` 429 or its like · `error` 503 · `drop` done, but the answer is lost · `slow` · `expire` 401 once. */
  readonly kind: 'throttle' | 'error' | 'drop' | 'slow' | 'expire';
  /** Part of the path; absent: any call. */
  readonly path?: string;
  readonly method?: string;
  /** Default 1. */
  readonly times?: number;
  readonly ms?: number;
}

export interface Faults {
  add(fault: EmulatedFault): void;
  clear(): void;
  /** The fault that this call meets, used up by it. */
  take(method: string, path: string): EmulatedFault | null;
  list(): readonly EmulatedFault[];
}

export function createFaults(): Faults {
  let waiting: { fault: EmulatedFault; left: number }[] = [];
  return {
    add: (fault) => void waiting.push({ fault, left: fault.times ?? 1 }),
    clear: () => {
      waiting = [];
    },
    take: (method, path) => {
      const entry = waiting.find(
        ({ fault }) =>
          (fault.method === undefined || fault.method === method) &&
          (fault.path === undefined || path.includes(fault.path)),
      );
      if (entry === undefined) return null;
      entry.left -= 1;
      if (entry.left <= 0) waiting = waiting.filter((one) => one !== entry);
      return entry.fault;
    },
    list: () => waiting.map(({ fault, left }) => ({ ...fault, times: left })),
  };
}

/** Something that goes wrong on demand, for the next `times` calls that match. */
export interface EmulatedFault {
  /** `throttle` 429 or its like · `error` 503 · `drop` done, but the answer is lost · `slow` · `expire` 401 once. */
  readonly kind: 'throttle' | 'error' | 'drop' | 'slow' | 'expire';
  /** Part of the path; absent: any call. */
  readonly path?: string;
  readonly method?: string;
  /** Part of the request's body; absent: any. */
  readonly body?: string;
  /** Default 1. */
  readonly times?: number;
  /** It stays and is met by the first, third, fifth … call that matches, so that trying again helps each time. */
  readonly everyOther?: boolean;
  readonly ms?: number;
}

export interface Faults {
  add(fault: EmulatedFault): void;
  clear(): void;
  /** The fault that this call meets, used up by it. */
  take(method: string, path: string, body?: string): EmulatedFault | null;
  /** Some fault looks into the body, so it has to be read. */
  readsBodies(): boolean;
  list(): readonly EmulatedFault[];
}

export function createFaults(): Faults {
  let waiting: { fault: EmulatedFault; left: number }[] = [];
  return {
    add: (fault) => void waiting.push({ fault, left: fault.everyOther === true ? 1 : (fault.times ?? 1) }),
    readsBodies: () => waiting.some(({ fault }) => fault.body !== undefined),
    clear: () => {
      waiting = [];
    },
    take: (method, path, body = '') => {
      const entry = waiting.find(
        ({ fault }) =>
          (fault.method === undefined || fault.method === method) &&
          (fault.path === undefined || path.includes(fault.path)) &&
          (fault.body === undefined || body.includes(fault.body)),
      );
      if (entry === undefined) return null;
      if (entry.fault.everyOther === true) {
        entry.left = 1 - entry.left;
        return entry.left === 0 ? entry.fault : null;
      }
      entry.left -= 1;
      if (entry.left <= 0) waiting = waiting.filter((one) => one !== entry);
      return entry.fault;
    },
    list: () => waiting.map(({ fault, left }) => ({ ...fault, times: left })),
  };
}

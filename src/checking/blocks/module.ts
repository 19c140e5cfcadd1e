import { MODULE } from './module-bytes.ts';

/** The module of wasm/records.ts: see there what its function is given, and layout.ts for its memory. */
export interface RecordsModule {
  readonly memory: { readonly buffer: ArrayBuffer };
  readRecords(
    from: number,
    longest: number,
    areLines: number,
    before: number,
    rowsAt: number,
    base: number,
    firstNumber: number,
    firstLine: number,
    firstColumn: number,
  ): number;
}

declare global {
  /** As far as it is used; the types of Node do not have it. */
  namespace WebAssembly {
    function validate(bytes: Uint8Array): boolean;
    class Module {
      constructor(bytes: Uint8Array);
    }
    class Instance {
      constructor(module: Module, imports: object);
      readonly exports: object;
    }
  }
}

let compiled: WebAssembly.Module | undefined;

/** Undefined where WebAssembly lacks what the module needs. */
export function startModule(): RecordsModule | undefined {
  compiled ??= compile();
  return compiled && (new WebAssembly.Instance(compiled, {}).exports as unknown as RecordsModule);
}

function compile(): WebAssembly.Module | undefined {
  const bytes = Buffer.from(MODULE, 'base64');
  return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : undefined;
}

/** What TensorFlow's transport allocates for every exchange. */

/** mallopt's names, and its limit: glibc takes no threshold above 32 MB. */
const [M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, MOST] = [-1, -3, 32 * 2 ** 20];

/**
 * Has the C library keep what is freed, up to half a GB a heap, instead of handing it back to the system:
 * for this process's whole life, and for tensors, too.
 *
 * Gradients on their way are copied through some seven buffers of megabytes each (RecvBuf's
 * messages), which live for milliseconds; fresh from the system they cost a page fault every 4 kB, about
 * a sixth of an exchange (tests/bench/README.md). Only glibc is asked, where it is there; what is computed
 * is the same without.
 */
export function keepFreedMemory(): void {
  if (Deno.build.os !== "linux") return;
  const names = { mallopt: { parameters: ["i32", "i32"], result: "i32" } } as const;
  let libc: Deno.DynamicLibrary<typeof names>;
  try {
    libc = Deno.dlopen("libc.so.6", names);
  } catch {
    return; // another C library: it has its own ways
  }
  libc.symbols.mallopt(M_MMAP_THRESHOLD, MOST);
  libc.symbols.mallopt(M_TRIM_THRESHOLD, 512 * 2 ** 20);
  libc.close();
}

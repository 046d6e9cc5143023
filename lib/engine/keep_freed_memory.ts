/** What TensorFlow's transport allocates for every exchange. */

/** mallopt's names, and its limit: glibc takes no threshold above 32 MB. */
const [M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, MOST] = [-1, -3, 32 * 2 ** 20];

/**
 * Has the C library keep up to half a GB of what is freed instead of handing it back to the system.
 *
 * Gradients on their way are copied through some seven buffers of megabytes each (RecvBuf's
 * messages), which live for milliseconds; fresh from the system they cost a page fault every 4 kB, a
 * fifth of an exchange (tests/bench/README.md). Only glibc is asked, where it is there; results are the
 * same without.
 */
export function keepFreedMemory(): void {
  if (Deno.build.os !== "linux") return;
  try {
    const libc = Deno.dlopen("libc.so.6", {
      mallopt: { parameters: ["i32", "i32"], result: "i32" },
    });
    libc.symbols.mallopt(M_MMAP_THRESHOLD, MOST);
    libc.symbols.mallopt(M_TRIM_THRESHOLD, 512 * 2 ** 20);
  } catch {
    // Another C library: it has its own ways.
  }
}

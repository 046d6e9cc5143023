/** Addresses of this machine at ports that are free now. */
export function freeAddresses(count: number): string[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ port: 0 }));
  const ports = listeners.map(({ addr }) => (addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return ports.map((port) => `127.0.0.1:${port}`);
}

/** So many different ports of this machine that nobody listens at now. */
export function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ port: 0 }));
  const ports = listeners.map(({ addr }) => (addr as Deno.NetAddr).port);
  listeners.forEach((listener) => listener.close());
  return ports;
}

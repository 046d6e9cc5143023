/** Machines on one machine: network namespaces on a bridge, with links of a rate and a delay (Linux, root). */

/** A link, as `tc` takes it. */
export interface Link {
  /** e.g. `1gbit` */
  rate: string;
  /** One way, e.g. `100us`; none where the kernel has no netem. */
  delay: string;
}

/** A process's place: an address of its own, and the words before its command. */
export interface Place {
  host: string;
  prefix: string[];
  /** Which interface it is reached by. */
  interface: string;
}

const BRIDGE = "sp-bench";
const nameOf = (i: number) => `sp-bench-${i}`;

/** Does work in so many namespaces, and takes them down. @throws {Error} where the system has none */
export async function withNamespaces<T>(
  count: number,
  { rate, delay }: Link,
  work: (places: Place[]) => Promise<T>,
): Promise<T> {
  await takeDown(count); // of a run that was killed
  try {
    await ip("link", "add", BRIDGE, "type", "bridge");
    await ip("link", "set", BRIDGE, "up");
    const places: Place[] = [];
    for (let i = 0; i < count; i++) {
      const name = nameOf(i), outside = `sp-veth-${i}`, host = `10.77.0.${i + 1}`;
      const inside = (...command: string[]) => ip("netns", "exec", name, ...command);
      await ip("netns", "add", name);
      await ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", name);
      await ip("link", "set", outside, "master", BRIDGE, "up");
      await inside("ip", "address", "add", `${host}/24`, "dev", "eth0");
      for (const device of ["lo", "eth0"]) await inside("ip", "link", "set", device, "up");
      const shape = (...words: string[]) =>
        inside("tc", "qdisc", "add", "dev", "eth0", "root", ...words);
      await shape("netem", "delay", delay, "rate", rate, "limit", "20000").catch(async () => {
        if (i === 0) console.error("this kernel has no netem: links have a rate, but no delay");
        await shape("tbf", "rate", rate, "burst", "256kb", "latency", "50ms");
      });
      places.push({ host, prefix: ["ip", "netns", "exec", name], interface: "eth0" });
    }
    return await work(places);
  } finally {
    await takeDown(count);
  }
}

async function takeDown(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await ip("netns", "delete", nameOf(i)).catch(() => {});
  await ip("link", "delete", BRIDGE).catch(() => {});
}

async function ip(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("ip", { args }).output();
  if (!success) {
    throw new Error(`ip ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  }
}

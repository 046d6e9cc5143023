import { freePorts } from "../lib/base/free_ports.ts";

/** Addresses of this machine at ports that are free now. */
export const freeAddresses = (count: number): string[] =>
  freePorts(count).map((port) => `127.0.0.1:${port}`);

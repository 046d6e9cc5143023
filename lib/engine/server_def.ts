/** What TensorFlow's runtime is told of the processes that work together. */
import protobuf from "protobufjs/light.js";

/** The job's name in TensorFlow's names of tasks and devices. */
const JOB = "worker";

/** A process as TensorFlow names it. */
export const taskName = (rank: number): string => `/job:${JOB}/replica:0/task:${rank}`;

// The fields of tensorflow_server.proto, cluster.proto and config.proto that matter here.
const string = (id: number) => ({ type: "string", id });
const message = (type: string, id: number) => ({ type, id });
const ServerDef = protobuf.Root.fromJSON({
  nested: {
    // On the wire a map is a list of entries.
    Task: { fields: { key: { type: "int32", id: 1 }, value: string(2) } },
    JobDef: { fields: { name: string(1), tasks: { rule: "repeated", ...message("Task", 2) } } },
    ClusterDef: { fields: { job: { rule: "repeated", ...message("JobDef", 1) } } },
    Experimental: { fields: { collectiveGroupLeader: string(1) } },
    ConfigProto: {
      fields: {
        deviceFilters: { rule: "repeated", ...string(4) },
        experimental: message("Experimental", 16),
      },
    },
    ServerDef: {
      fields: {
        cluster: message("ClusterDef", 1),
        jobName: string(2),
        taskIndex: { type: "int32", id: 3 },
        defaultSessionConfig: message("ConfigProto", 4),
        protocol: string(5),
      },
    },
  },
}).lookupType("ServerDef");

/**
 * The bytes of a ServerDef: all processes, which of them this is, and that the first one leads.
 *
 * @param addresses host:port of each process, in the order of ranks
 */
export function encodeServerDef(
  addresses: readonly string[],
  rank: number,
): Uint8Array<ArrayBuffer> {
  const tasks = addresses.map((value, key) => ({ key, value }));
  const definition = {
    cluster: { job: [{ name: JOB, tasks }] },
    jobName: JOB,
    taskIndex: rank,
    defaultSessionConfig: {
      deviceFilters: [`/job:${JOB}/task:${rank}`], // each sees its own devices, not the others'
      experimental: { collectiveGroupLeader: taskName(0) },
    },
    protocol: "grpc",
  };
  return ServerDef.encode(ServerDef.create(definition)).finish().slice();
}

/** Looks after the other processes of a cluster: a wait for one that is gone would never end. */
import { checkStatus, cString } from "./capi.ts";
import type { Workers } from "./cluster.ts";
import type { Native } from "./native.ts";
import { taskName } from "./server_def.ts";

/** Milliseconds between two looks, and how long an answer may take. */
const EVERY = 1000, ANSWER = 2500;

/** TensorFlow's code for what cannot be reached. */
const UNAVAILABLE = 14;

/** The watch over the others. */
export interface Peers {
  /** The ranks that do not answer right now. */
  absent(): Promise<number[]>;
  /** The ranks that are gone: twice in a row they have not answered. */
  lost(): Promise<number[]>;
  /** From now on, whatever waits for one that is gone fails. */
  begin(): void;
  end(): void;
}

/**
 * The watch of one process over all others. It asks TensorFlow's servers, which answer on threads of
 * their own while their process computes: one that is slow is not lost.
 */
export function watchPeers(native: Native, { addresses, rank: own }: Workers): Peers {
  const others = [...addresses.keys()].filter((rank) => rank !== own);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let looking: Promise<number[]> = Promise.resolve([]); // the newest look, under way or done
  const absent = async (among = others) => {
    const answers = await Promise.all(among.map((rank) => answersNow(native, rank)));
    return among.filter((_, i) => !answers[i]);
  };
  const look = async () => {
    const suspects = await absent();
    return suspects.length > 0 ? await absent(suspects) : [];
  };
  const lost = async () => {
    const known = await looking;
    return known.length > 0 ? known : await (looking = look());
  };
  const watch = async () => {
    const gone = await lost();
    if (gone.length > 0) abort(native, gone);
    else if (timer !== undefined) timer = setTimeout(watch, EVERY);
  };
  return {
    ...{ absent: () => absent(), lost },
    begin: () => timer = setTimeout(watch, EVERY),
    end: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

async function answersNow({ api: { call, context } }: Native, rank: number): Promise<boolean> {
  const status = call.TF_NewStatus()!; // looks overlap
  try {
    const check = call.TFE_CollectiveOpsCheckPeerHealth!;
    await check(context, cString(taskName(rank)), BigInt(ANSWER), status);
    checkStatus(call, status, "health");
    return true;
  } catch {
    return false;
  } finally {
    call.TF_DeleteStatus(status);
  }
}

/** Ends every exchange that is under way here, with an error. */
function abort({ api: { call, context } }: Native, gone: number[]): void {
  const status = call.TF_NewStatus()!;
  call.TF_SetStatus(status, UNAVAILABLE, cString(`no answer from worker ${gone.join(", ")}`));
  call.TFE_AbortCollectiveOps!(context, status);
  call.TF_DeleteStatus(status);
}

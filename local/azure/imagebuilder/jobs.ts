/** Leaves one step of a run and enters the next. These are the kinds of jobs that carry templates on, also after a restart. */
export const stepJob = "imagebuilder.step";
/** Ends a step of a run, and with it mostly the run, with a failure. */
export const failJob = "imagebuilder.fail";
/** Ends the replication of an image version whose run did not wait for it. */
export const replicatedJob = "imagebuilder.replicated";
/** Ends the operation record of a run and raises its event. */
export const settleJob = "imagebuilder.settle";
/** Ends a cancellation. */
export const cancelJob = "imagebuilder.cancel";
/** Ends a deletion. */
export const removeJob = "imagebuilder.remove";
/** Ends a PATCH. */
export const updateJob = "imagebuilder.update";
/** Looks for a newer source version. */
export const triggerJob = "imagebuilder.trigger";

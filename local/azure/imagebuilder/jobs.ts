/** Kinds of the jobs that carry runs, cancellations and deletions on, also after a restart. */
export const stepJob = "imagebuilder.step";
export const failJob = "imagebuilder.fail";
export const settleJob = "imagebuilder.settle";
export const cancelJob = "imagebuilder.cancel";
export const removeJob = "imagebuilder.remove";
export const updateJob = "imagebuilder.update";
export const triggerJob = "imagebuilder.trigger";

/** Adds one as often as the input says, one activity after the other. */
exports.count = function* (context) {
  const steps = context.df.getInput();
  let value = 0;
  for (let step = 0; step < steps; step++) value = yield context.df.callActivity("add", value);
  return value;
};

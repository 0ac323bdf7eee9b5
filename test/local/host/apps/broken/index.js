throw new Error("the thing it needs is not there");

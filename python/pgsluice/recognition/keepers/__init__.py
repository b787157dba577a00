"""One reason a file why a column may stay as it is; `listed` has them all."""

"""Files of tagged text become rows with annotations, and rows become files again; a file of this folder a format."""

"""What a router is worth: published forms and ours on recorded outcomes, over rows, kinds and data sets held out."""

"""The staff desk 接待台: what members of staff do for residents who asked for a person."""

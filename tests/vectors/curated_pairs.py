"""Makes pair lists as pandas and pyarrow write them.

    python -m pip install pandas==3.1.1 pyarrow==26.0.1
    python tests/vectors/curated_pairs.py
"""

import pathlib

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

folder = pathlib.Path(__file__).parent

# names, among other columns
names = {
    "why": ["same bird", None, "same pose"],
    "partner": ["class 0/1.jpg", "class 1/6.jpg", "class 0/2.jpg"],
    "anchor": ["class 0/0.jpg", "class 1/5.jpg", "class 0/3.jpg"],
}
pd.DataFrame(names).to_parquet(folder / "curated_names.parquet")

# numbers, in columns of any name, compressed otherwise, in two row groups
left, right = pa.array([0, 5, 3], pa.int64()), pa.array([1, 6, 2], pa.int16())
numbers = pa.table({"left": left, "right": right})
pq.write_table(numbers, folder / "curated_numbers.parquet", compression="zstd", row_group_size=2)

"""Jobs: what is running, what is done, what failed; results to open again."""

from __future__ import annotations

import streamlit as st

from components import job_list

st.title("Jobs")
st.markdown("What did this session compute, what is running, and what failed?")
job_list.show()

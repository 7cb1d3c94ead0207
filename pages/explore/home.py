"""Placeholder of this section; its page arrives next."""

import streamlit as st

st.title("Home")

"""Pure functions from data to Plotly figures; Streamlit is not known here."""

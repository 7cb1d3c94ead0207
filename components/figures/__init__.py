"""components/figures"""

"""Parts of the pages under Explore, a module each; what several sections use lies one folder up."""

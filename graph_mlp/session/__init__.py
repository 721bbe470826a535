"""The only room that runs the graph and touches saves/."""

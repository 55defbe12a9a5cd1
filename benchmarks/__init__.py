"""What ``script/bench`` runs: each module measures one promise and returns one flat object of figures."""

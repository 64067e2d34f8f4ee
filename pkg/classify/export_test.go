package classify

import "github.com/gomlx/gomlx/ml/model"

// GraphStore returns the weights of the service's graph.
func (s *Service) GraphStore() *model.Store { return s.places.store }

"""REST methods by Google's discovery documents: routes, parameters, bodies, paging, scopes, quotas, answers."""

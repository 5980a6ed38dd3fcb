"""Where people come in on AWS."""

from components.load_balancer.alb import LoadBalancer, LoadBalancerArgs, RouteArgs

__all__ = ["LoadBalancer", "LoadBalancerArgs", "RouteArgs"]

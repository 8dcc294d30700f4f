from django import template

register = template.Library()


@register.inclusion_tag("club/agent.html")
def agent(band):
    return {"of": band}

from django import template

register = template.Library()


@register.inclusion_tag("catalogue/_rating.html")
def rating(product):
    return {"average": product.average_rating, "count": len(product.reviews.all())}


@register.inclusion_tag("catalogue/_tree.html")
def category_tree(categories):
    return {"categories": categories}


@register.filter
def money(amount):
    return f"£{amount:,.2f}"

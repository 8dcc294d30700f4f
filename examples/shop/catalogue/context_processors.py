from catalogue.models import Category


def category_menu(request):
    return {"menu_categories": Category.objects.filter(parent=None)}

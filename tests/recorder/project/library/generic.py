from django.views.generic import ListView

from .models import Author, Book


class BookList(ListView):
    queryset = Book.objects.filter(hidden=False)
    template_name = "library/list.html"
    paginate_by = 5


class AuthorList(ListView):
    model = Author
    template_name = "library/authors.html"

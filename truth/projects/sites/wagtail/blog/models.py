"""A blog as Wagtail's tutorial would have it: listings with pictures, authors, tags, streams."""

from django.db import models
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from taggit.models import TaggedItemBase
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.blocks import CharBlock, PageChooserBlock, RichTextBlock
from wagtail.fields import StreamField
from wagtail.images import get_image_model_string
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import Orderable, Page
from wagtail.search import index
from wagtail.snippets.models import register_snippet


@register_snippet
class Topic(models.Model):
    name = models.CharField(max_length=60)

    def __str__(self):
        return self.name


@register_snippet
class Author(index.Indexed, models.Model):
    name = models.CharField(max_length=60)
    topic = models.ForeignKey(Topic, models.SET_NULL, null=True, blank=True)
    picture = models.ForeignKey(
        get_image_model_string(), models.SET_NULL, null=True, related_name="+"
    )
    panels = [FieldPanel("name"), FieldPanel("topic"), FieldPanel("picture")]
    search_fields = [index.SearchField("name")]

    def __str__(self):
        return f"{self.name} ({self.topic})" if self.topic else self.name


class PostTag(TaggedItemBase):
    content_object = ParentalKey("Post", related_name="tagged", on_delete=models.CASCADE)


class Blog(Page):
    def get_context(self, request):
        posts = (
            Post.objects.child_of(self)
            .live()
            .order_by("-date", "pk")
            .select_related("owner", "cover")
            .prefetch_related(
                "authors__topic", "tagged__tag", "gallery__image", "cover__renditions"
            )
        )
        if request.GET.get("tag"):
            posts = posts.filter(tags__name=request.GET["tag"])
        return {**super().get_context(request), "posts": posts}


class Post(Page):
    date = models.DateField()
    cover = models.ForeignKey(
        get_image_model_string(), models.SET_NULL, null=True, related_name="+"
    )
    authors = ParentalManyToManyField(Author, blank=True)
    tags = ClusterTaggableManager(through=PostTag, blank=True)
    body = StreamField(
        [
            ("heading", CharBlock()),
            ("text", RichTextBlock()),
            ("picture", ImageChooserBlock()),
            ("page", PageChooserBlock()),
        ],
        blank=True,
    )
    content_panels = [
        *Page.content_panels, FieldPanel("date"), FieldPanel("cover"), FieldPanel("authors"),
        FieldPanel("tags"), FieldPanel("body"), InlinePanel("gallery"),
    ]  # fmt: skip
    search_fields = [*Page.search_fields, index.SearchField("body")]

    def get_context(self, request):
        related = (
            Post.objects.live()
            .filter(authors__in=self.authors.all())
            .exclude(pk=self.pk)
            .distinct()
            .order_by("-date", "pk")
            .select_related("owner")
            .prefetch_related("authors", "tagged__tag")
        )
        return {**super().get_context(request), "related": related[:6]}


class Picture(Orderable):
    post = ParentalKey(Post, on_delete=models.CASCADE, related_name="gallery")
    image = models.ForeignKey(get_image_model_string(), models.CASCADE, related_name="+")
    caption = models.CharField(max_length=60, blank=True)
    panels = [FieldPanel("image"), FieldPanel("caption")]


class People(Page):
    def get_context(self, request):
        authors = Author.objects.order_by("pk").select_related("topic", "picture")
        return {**super().get_context(request), "authors": authors.prefetch_related("post_set")}

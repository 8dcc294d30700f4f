import datetime
import json
from io import BytesIO

from blog.models import Author, Blog, People, Post, Topic
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files.images import ImageFile
from home.models import HomePage
from PIL import Image as Drawing
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Collection, Workflow, WorkflowTask

make = get_user_model().objects
owner = make.create_superuser("admin", "admin@example.org", "a-long-pass-word")
editors = [
    make.create_user(f"editor{n}", f"editor{n}@example.org", "a-long-pass-word") for n in range(6)
]
for editor in editors:
    editor.groups.add(Group.objects.get(name="Editors"))
root = Collection.get_first_root_node()
collections = [root.add_child(name=f"Collection {n}") for n in range(4)]
pictures = []
for n in range(12):
    file = BytesIO()
    Drawing.new("RGB", (320, 240), (20 * n, 90, 120)).save(file, "JPEG")
    pictures.append(
        Image.objects.create(
            title=f"Picture {n}",
            file=ImageFile(file, name=f"p{n}.jpg"),
            uploaded_by_user=owner,
            collection=collections[n % 4],
        )
    )
    Document.objects.create(
        title=f"Document {n}",
        file=ImageFile(BytesIO(b"text"), name=f"d{n}.txt"),
        uploaded_by_user=editors[n % 6],
        collection=collections[n % 4],
    )
topics = [Topic.objects.create(name=f"Topic {n}") for n in range(4)]
authors = [
    Author.objects.create(name=f"Author {n}", topic=topics[n % 4], picture=pictures[n])
    for n in range(8)
]
home = HomePage.objects.get()
people = home.add_child(instance=People(title="People", owner=owner))
blogs = [home.add_child(instance=Blog(title=f"Blog {n}", owner=owner)) for n in range(2)]
for n in range(20):
    post = Post(
        title=f"Post {n}",
        date=datetime.date(2026, 1, n + 1),
        cover=pictures[n % 12],
        owner=editors[n % 6],
        body=json.dumps(
            [
                {"type": "heading", "value": f"Heading {n}"},
                {"type": "text", "value": "<p>text</p>"},
                {"type": "picture", "value": pictures[n % 12].pk},
                {"type": "picture", "value": pictures[(n + 1) % 12].pk},
                {"type": "page", "value": home.pk},
                {"type": "page", "value": people.pk},
            ]
        ),
    )
    blogs[n % 2].add_child(instance=post)
    post.authors.set([authors[n % 8], authors[(n + 3) % 8]])
    post.tags.add(f"tag{n % 5}", f"tag{(n + 2) % 5}", "all")
    for g in range(3):
        post.gallery.create(image=pictures[(n + g) % 12], caption=f"{g}")
    post.save()
    for turn in range(3):
        post.save_revision(user=editors[(n + turn) % 6])
    post.get_latest_revision().publish(user=owner)
    Redirect.objects.create(old_path=f"/old/{n}", redirect_page=post)
workflow = Workflow.objects.first()
for n in range(6):
    post = Post.objects.all()[n]
    post.title += " anew"
    post.save_revision(user=editors[n])
    if workflow is not None:
        workflow.start(post, editors[n])
print(Post.objects.count(), Image.objects.count(), WorkflowTask.objects.count())

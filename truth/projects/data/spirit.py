from django.contrib.auth import get_user_model
from spirit.category.models import Category
from spirit.comment.bookmark.models import CommentBookmark
from spirit.comment.flag.models import CommentFlag, Flag
from spirit.comment.history.models import CommentHistory
from spirit.comment.like.models import CommentLike
from spirit.comment.models import Comment
from spirit.comment.poll.models import CommentPoll, CommentPollChoice, CommentPollVote
from spirit.topic.favorite.models import TopicFavorite
from spirit.topic.models import Topic
from spirit.topic.notification.models import TopicNotification
from spirit.topic.private.models import TopicPrivate

make = get_user_model().objects
admin = make.create_superuser("admin", "admin@example.org", "a-long-pass-word")
users = [
    make.create_user(f"user{n}", f"user{n}@example.org", "a-long-pass-word") for n in range(12)
]
categories = [Category.objects.create(title=f"Category {n}") for n in range(4)]
for parent in categories[:2]:
    for n in range(3):
        categories.append(Category.objects.create(title=f"Below {parent} {n}", parent=parent))
everybody = [admin, *users]
for number in range(40):
    topic = Topic.objects.create(
        user=users[number % 12], category=categories[number % 10], title=f"Topic {number}"
    )
    for reply in range(8):
        comment = Comment.objects.create(
            user=users[(number + reply) % 12],
            topic=topic,
            comment="text",
            comment_html="<p>text</p>",
        )
        CommentLike.objects.create(user=users[(reply + 1) % 12], comment=comment)
        CommentLike.objects.create(user=admin, comment=comment)
        CommentHistory.objects.create(comment_fk=comment, comment_html=f"<p>before {reply}</p>")
        CommentHistory.objects.create(comment_fk=comment, comment_html=f"<p>then {reply}</p>")
        if reply == 0 and number < 20:
            flag = CommentFlag.objects.create(comment=comment)
            for who in users[:6]:
                Flag.objects.create(user=who, comment=comment, reason=0, body="hm")
        if reply == 1 and number < 10:
            poll = CommentPoll.objects.create(comment=comment, name="poll", title="Which?")
            for n in range(6):
                choice = CommentPollChoice.objects.create(poll=poll, number=n, description=str(n))
                for who in users[: n + 6]:
                    CommentPollVote.objects.create(choice=choice, voter=who)
    for who in (admin, users[0], users[1]):
        TopicNotification.objects.create(
            user=who, topic=topic, comment=comment, action=2, is_active=True
        )
        CommentBookmark.objects.create(user=who, topic=topic, comment_number=3)
        TopicFavorite.objects.create(user=who, topic=topic)
private = Category.objects.get(is_private=True)
for number in range(12):
    topic = Topic.objects.create(user=users[number], category=private, title=f"Between us {number}")
    for who in (admin, users[0], users[1], users[number]):
        TopicPrivate.objects.get_or_create(user=who, topic=topic)
    for who in users[:6]:
        Comment.objects.create(user=who, topic=topic, comment="text", comment_html="<p>text</p>")
print(Topic.objects.count(), Comment.objects.count(), make.count())

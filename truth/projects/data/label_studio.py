import datetime

from django.utils import timezone
from organizations.models import Organization
from projects.models import Project
from tasks.models import Annotation, Prediction, Task
from users.models import User

user = User.objects.create_superuser("ann@example.org", "a-long-pass-word")
second = User.objects.create_user("ben@example.org", "a-long-pass-word")
organization = Organization.create_organization(created_by=user, title="Reviews")
organization.add_user(second)
for one in (user, second):
    one.active_organization = organization
    one.save()
config = """<View><Text name="text" value="$text"/><Choices name="mood" toName="text">
<Choice value="good"/><Choice value="bad"/></Choices></View>"""
project = Project.objects.create(
    title="Moods", organization=organization, created_by=user, label_config=config
)


def result(choice):
    return [
        {"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": [choice]}}
    ]


for number in range(40):
    task = Task.objects.create(data={"text": f"text {number}"}, project=project)
    for by, choice in ((user, "good"), (second, "bad")):
        Annotation.objects.create(
            task=task, project=project, completed_by=by, result=result(choice)
        )
    Prediction.objects.create(task=task, project=project, result=result("good"), score=0.5)
print(Task.objects.count(), Annotation.objects.count(), Prediction.objects.count())
then = timezone.now() - datetime.timedelta(days=45)
for model in (Task, Annotation, Prediction, Project, Organization):
    model.objects.update(created_at=then, updated_at=then)

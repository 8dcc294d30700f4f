"""Books, with columns of every type that sorts in its own way."""

from __future__ import annotations

from typing import Any

from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=20)
    born = models.IntegerField(null=True)

    class Meta:
        ordering = ["name", "-born"]


class Tag(models.Model):
    word = models.CharField(max_length=10)


class Book(models.Model):
    title = models.CharField(max_length=300)
    genre = models.CharField(max_length=10, default="")
    price = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    score = models.FloatField(null=True)
    published = models.DateTimeField(null=True)
    day = models.DateField(null=True)
    sold = models.BooleanField(default=False)
    key = models.UUIDField(null=True)
    data = models.BinaryField(null=True)
    took = models.DurationField(null=True)
    author = models.ForeignKey(Author, models.CASCADE, null=True)
    tags: Any = models.ManyToManyField(Tag)


class Seat(models.Model):
    pk = models.CompositePrimaryKey("row", "number")
    row = models.IntegerField()
    number = models.IntegerField()
    color = models.CharField(max_length=5)

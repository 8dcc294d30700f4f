from django.contrib import admin

from notes.models import Note


@admin.register(Note)
class NoteAdmin(admin.ModelAdmin):
    list_display = ["subject", "kind", "author", "created"]
    list_per_page = 50
    raw_id_fields = ["author"]

    def kind(self, note):
        return note.content_type.name

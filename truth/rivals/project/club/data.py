"""Rows for the club: of everything several, so that a loop is one."""

from django.contrib.auth.models import User

from . import models as m

BANDS = 6


def fill() -> None:
    """Six bands with all that belongs to them."""
    countries = [m.Country.objects.create(code=f"C{n}", name=f"country {n}") for n in range(3)]
    venues = [
        m.Venue.objects.create(name=f"venue {n}", country=countries[n % 3]) for n in range(BANDS)
    ]
    styles = [m.Style.objects.create(name=f"style {n}") for n in range(4)]
    musicians = [m.Musician.objects.create(name=f"musician {n}") for n in range(BANDS * 2)]
    user = User.objects.create_user("anna", is_staff=True, is_superuser=True)
    for n in range(BANDS):
        band = m.Band.objects.create(name=f"band {n}", story="long " * 50, home=venues[n])
        band.styles.set(styles[n % 3 : n % 3 + 2])
        m.Agent.objects.create(band=band, name=f"agent {n}")
        _people(band, musicians[2 * n : 2 * n + 2], musicians)
        _albums(band, musicians[n], venues[n], n)
        m.Remark.objects.create(text=f"remark {n}", subject=band)
        m.Remark.objects.create(text=f"of a venue {n}", subject=venues[n])
        m.Remark.objects.create(text=f"of nothing {n}")
        m.Grant.objects.create(user=user, band=band)
        m.Visit.objects.create(band=band)
        if hasattr(m, "Evening"):
            m.Evening.objects.create(venue=venues[n], number=n, band=band)


def _people(band, own, everybody) -> None:
    for musician in own:
        m.Membership.objects.create(band=band, musician=musician)
        musician.band = band
        musician.save()
        musician.teachers.set(everybody[:2])
        musician.idols.set(everybody[2:4])


def _albums(band, producer, venue, n) -> None:
    for number in range(2):
        album = m.Album.objects.create(
            title=f"album {n}.{number}", notes="notes " * 50, band=band, producer=producer
        )
        for track in range(3):
            made = m.Track.objects.create(
                album=album, title=f"track {track}", seconds=100 + 60 * track
            )
        m.Listed.objects.create(track=made, position=n)
    m.LiveAlbum.objects.create(title=f"live {n}", band=band, recorded_at=venue)

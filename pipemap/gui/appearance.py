"""Theme and language as the settings and the desktop say, changed while the program runs."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QLocale, QObject, QTranslator
from PySide6.QtWidgets import QApplication

from pipemap import texts
from pipemap.gui import theme
from pipemap.gui.session import Session


class Appearance(QObject):
    """Applies settings to the application and tells the session."""

    def __init__(self, application: QApplication, session: Session, *, language: str | None = None) -> None:
        super().__init__(session)
        self._application, self._session = application, session
        self._translator: QTranslator | None = None
        self._asked = language
        """A language asked for on the command line holds until the setting is changed."""
        session.settings.on_change(self._on_setting)
        application.styleHints().colorSchemeChanged.connect(self._follow_desktop)
        self.apply_language()
        self.apply_theme()

    def apply_theme(self) -> None:
        """Show the theme that is set."""
        wanted = self._session.settings.value("theme")
        dark = theme.system_is_dark() if wanted == "system" else wanted == "dark"
        theme.apply_theme(self._application, dark=dark, text_size=float(self._session.settings.value("text_size")))
        self._session.set_dark(dark)

    def apply_language(self) -> None:
        """Use the language that is set, in our texts and in Qt's own dialogs."""
        wanted = self._asked or str(self._session.settings.value("language"))
        chosen = texts.set_language(None if wanted == "system" else wanted)
        chinese, english = QLocale(QLocale.Language.Chinese, QLocale.Country.China), QLocale(QLocale.Language.English)
        QLocale.setDefault(chinese if chosen == "zh" else english)
        if self._translator is not None:
            self._application.removeTranslator(self._translator)
            self._translator = None
        if chosen == "zh":
            translator = QTranslator(self)
            if translator.load("qtbase_zh_CN", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
                self._application.installTranslator(translator)
                self._translator = translator

    def _on_setting(self, name: str) -> None:
        if name in ("theme", "text_size"):
            self.apply_theme()
        elif name == "language":
            self._asked = None
            self.apply_language()
            self.apply_theme()  # the font follows the language
            self._session.language_changed.emit()

    def _follow_desktop(self) -> None:
        if self._session.settings.value("theme") == "system":
            self.apply_theme()
